// Builds what browsers load out of npm packages and our own sources: Sass sheets and ES modules, minified, named by
// their content, with gzip copies that WhiteNoise serves. `make pages`, or `node tools/pages.mjs [--watch]`.
//
//   web/design/styles/sheets/<sheet>.scss  one sheet each ({% style "sheet" %})
//   web/design/styles/<noun>.scss          part of the office's sheet
//   web/design/scripts/workers/<noun>.js   a script that runs apart from any page, in one file
//   web/design/scripts/<noun>.js           one bundle each ({% script "noun" %}); names that begin with _ are parts
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile, watch } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const design = path.join(root, "src/shishi/web/design");
const styles = path.join(design, "styles");
const scripts = path.join(design, "scripts");
const built = path.join(design, "static/built");
const BROWSERS = ["chrome87", "firefox78", "safari14"];
// Bootstrap 5.3 is written for the older way of importing; nothing of ours is.
const OLDER = ["import", "global-builtin", "color-functions", "if-function"];

const entries = async (folder, ending) =>
  (await readdir(folder)).filter((name) => name.endsWith(ending) && !name.startsWith("_")).sort();

const packed = (content) => gzipSync(content, { level: 9 });

async function sheet(name, nouns, folder) {
  const uses = name === "office" ? [...nouns, "base/utilities"].map((used) => `@use "${used}";`).join("\n") : "";
  const source = (await readFile(path.join(styles, "sheets", `${name}.scss`), "utf8")) + "\n" + uses;
  const silenced = OLDER.filter((id) => id in sass.deprecations);
  const { css } = sass.compileString(source, {
    style: "compressed",
    loadPaths: [styles, path.join(root, "node_modules")],
    quietDeps: true,
    silenceDeprecations: silenced,
  });
  const { code } = await esbuild.transform(css, { loader: "css", minify: true, target: BROWSERS });
  const file = `${name}-${createHash("sha256").update(code).digest("hex").slice(0, 8).toUpperCase()}.css`;
  await writeFile(path.join(folder, file), code);
  await writeFile(path.join(folder, `${file}.gz`), packed(code));
  return { file, gzip: packed(code).length };
}

async function bundles(folder) {
  const nouns = await entries(scripts, ".js");
  const { metafile } = await esbuild.build({
    entryPoints: nouns.map((name) => path.join(scripts, name)),
    absWorkingDir: root,
    outdir: folder,
    entryNames: "[name]-[hash]",
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    metafile: true,
    legalComments: "none",
    target: BROWSERS,
    logLevel: "warning",
  });
  const size = {};
  for (const file of Object.keys(metafile.outputs)) {
    const content = packed(await readFile(path.join(root, file)));
    await writeFile(path.join(root, `${file}.gz`), content);
    size[file] = content.length;
  }
  const needs = (file, found = new Set()) => {
    for (const { path: other, kind } of metafile.outputs[file].imports)
      if (kind === "import-statement" && !found.has(other)) needs(other, found.add(other));
    return found;
  };
  const told = {};
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue;
    const shared = [...needs(file)];
    told[path.basename(entryPoint, ".js")] = {
      file: path.basename(file),
      shared: shared.map((other) => path.basename(other)),
      gzip: size[file] + shared.reduce((sum, other) => sum + size[other], 0),
    };
  }
  return told;
}

async function workers(folder) {
  const inside = path.join(scripts, "workers");
  const { metafile } = await esbuild.build({
    entryPoints: (await entries(inside, ".js")).map((name) => path.join(inside, name)),
    absWorkingDir: root,
    outdir: folder,
    entryNames: "worker-[name]-[hash]",
    bundle: true,
    format: "iife",
    minify: true,
    metafile: true,
    legalComments: "none",
    target: BROWSERS,
    logLevel: "warning",
  });
  const told = {};
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs))
    told[path.basename(entryPoint, ".js")] = { file: path.basename(file), gzip: packed(await readFile(path.join(root, file))).length };
  return told;
}

async function build() {
  await mkdir(built, { recursive: true });
  const nouns = (await entries(styles, ".scss")).map((name) => path.basename(name, ".scss"));
  const manifest = { styles: {}, scripts: await bundles(built), workers: await workers(built) };
  for (const file of await entries(path.join(styles, "sheets"), ".scss")) {
    const name = path.basename(file, ".scss");
    manifest.styles[name] = await sheet(name, nouns, built);
  }
  const draft = path.join(built, `manifest.${process.pid}.part`);
  await writeFile(draft, JSON.stringify(manifest, null, 1) + "\n");
  await rename(draft, path.join(built, "manifest.json"));
  await sweep();
  return manifest;
}

// A site that runs goes on handing out the files it started with: what is not named any more goes a day later.
async function sweep() {
  const yesterday = Date.now() - 24 * 3600 * 1000;
  for (const name of await readdir(built)) {
    const file = path.join(built, name);
    if (name !== "manifest.json" && (await stat(file)).mtimeMs < yesterday) await rm(file);
  }
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(9);

function tell(manifest) {
  for (const [name, { gzip }] of Object.entries(manifest.styles)) console.log(`${kilobytes(gzip)}  ${name}.css`);
  for (const [name, { gzip }] of Object.entries(manifest.scripts)) console.log(`${kilobytes(gzip)}  ${name}.js`);
}

tell(await build());
if (process.argv.includes("--watch")) {
  console.log("Watching; end with Ctrl+C. Start the site anew to see what changed.");
  const again = async (folder) => {
    for await (const _ of watch(folder, { recursive: true }))
      await build().then(tell, (fault) => console.error(String(fault.message ?? fault)));
  };
  await Promise.all([again(styles), again(scripts)]);
}
