// Five steps of one hue, readable without telling colours apart.
export const CLASSES = [
  { from: 0, to: 20, colour: "#eef3fb" },
  { from: 20, to: 40, colour: "#c5d8ee" },
  { from: 40, to: 60, colour: "#92b7dd" },
  { from: 60, to: 80, colour: "#5a90c6" },
  { from: 80, to: 100, colour: "#2b679f" },
] as const;
