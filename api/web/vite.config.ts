// The build of the front end: one entry a front end, hashed names, a gzip beside each file, sizes printed.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const FIRST_LOAD_KIB = 150;

/** Writes `x.gz` beside each script and sheet, so that the server never compresses, and prints the first load: the page
 * and what it names. A screen's own part comes when the screen is opened. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    closeBundle() {
      const folder = join(import.meta.dirname, "dist", "assets");
      const page = readFileSync(join(folder, "..", "console.html"), "utf8");
      let bytes = gzipSync(page).length;
      for (const name of readdirSync(folder).filter((name) => /\.(js|css)$/.test(name))) {
        const packed = gzipSync(readFileSync(join(folder, name)), { level: 9 });
        writeFileSync(join(folder, `${name}.gz`), packed);
        bytes += page.includes(`/assets/${name}"`) ? packed.length : 0;
      }
      console.log(`console, first load: ${(bytes / 1024).toFixed(1)} KiB gzip (at most ${FIRST_LOAD_KIB})`);
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: "/console/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [compressed()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: { console: "console.html" } },
  },
  test: { include: ["src/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
