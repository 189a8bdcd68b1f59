// The fields of a programme's form, each with what is wrong about it beside it.
import type { ComponentChildren, JSX } from "preact";
import { Both, line, type Said } from "../../shared/both";
import type { Named } from "../../shared/wire";
import type { Faults } from "./rules";
import { G } from "./says";

/** A field of the form: its label, its pointer in what is sent, and the faults of the whole form. */
interface FieldProps<T> {
  of: Said;
  at: string;
  faults: Faults;
  value: T;
  onWrite: (value: T) => void;
}

/** What an input says of its fault to whoever does not see it. */
export const marks = (faults: Faults, at: string): { "aria-invalid"?: true; "aria-describedby"?: string } => (at in faults ? { "aria-invalid": true, "aria-describedby": at } : {});

export function Fault({ faults, at }: { faults: Faults; at: string }): JSX.Element | null {
  const said = faults[at];
  return said ? (
    <small id={at} class="problem" role="alert">
      <Both of={said} />
    </small>
  ) : null;
}

interface LabelledProps {
  of: Said;
  at: string;
  faults: Faults;
  kind: "field" | "choice";
  children: ComponentChildren;
}

function Labelled({ of, at, faults, kind, children }: LabelledProps): JSX.Element {
  return (
    <div class="field">
      <label class={kind}>
        <Both of={of} />
        {children}
      </label>
      <Fault {...{ faults, at }} />
    </div>
  );
}

interface TextProps extends FieldProps<string> {
  max: number;
  required?: boolean;
  pattern?: string;
  hint?: Said;
}

export function Text({ of, at, faults, value, onWrite, max, required, pattern, hint }: TextProps): JSX.Element {
  return (
    <Labelled {...{ of, at, faults }} kind="field">
      <input
        type="text"
        {...{ required, pattern, value }}
        {...marks(faults, at)}
        title={hint && line(hint)}
        maxLength={max}
        onInput={(event) => onWrite(event.currentTarget.value)}
      />
    </Labelled>
  );
}

export function Day({ of, at, faults, value, onWrite }: FieldProps<string | null>): JSX.Element {
  return (
    <Labelled {...{ of, at, faults }} kind="choice">
      <input type="date" {...marks(faults, at)} value={value ?? ""} onChange={(event) => onWrite(event.currentTarget.value || null)} />
    </Labelled>
  );
}

/** One of the viewer's offices. */
export function Office({ of, at, faults, value, onWrite, offices }: FieldProps<string> & { offices: readonly Named[] }): JSX.Element {
  return (
    <Labelled {...{ of, at, faults }} kind="field">
      <select required {...marks(faults, at)} {...{ value }} onChange={(event) => onWrite(event.currentTarget.value)}>
        <option value="">{line(G.choose)}</option>
        {offices.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </Labelled>
  );
}
