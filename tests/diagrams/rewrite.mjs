// Reads each drawing with the reader of bpmn-js and writes it with its writer, as its "save" does: JSON of path → text.
import { readFile } from "node:fs/promises";
import { BpmnModdle } from "bpmn-moddle";

const moddle = new BpmnModdle();
const told = {};
for (const path of process.argv.slice(2)) {
  const { rootElement, warnings } = await moddle.fromXML(await readFile(path, "utf8"));
  const { xml } = await moddle.toXML(rootElement, { format: true });
  told[path] = { xml, warnings: warnings.map((warning) => warning.message) };
}
console.log(JSON.stringify(told));
