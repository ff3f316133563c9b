// Writes clients/typescript/src/generated from contracts/openapi.json. Run after a change of that document:
//   node clients/typescript/scripts/generate.ts
import { filesBelow, GENERATED, generateInto } from './generate-client.ts';

await generateInto(GENERATED);
console.log(`${(await filesBelow(GENERATED)).size} files written to clients/typescript/src/generated`);
