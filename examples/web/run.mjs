// Runs a program that was built for wasm32-unknown-unknown; a panic of it is an error.
import { readFile } from 'node:fs/promises';

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
instance.exports.main(0, 0);
