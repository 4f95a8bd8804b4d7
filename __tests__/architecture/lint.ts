/** ESLint with this project's own configuration, on text that is in no file. */
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { configs } from 'typescript-eslint';

export const root = join(import.meta.dirname, '../..');

// Rules that ask the type checker need files that exist; those of the architecture don't.
const eslint = new ESLint({ cwd: root, overrideConfig: [configs.disableTypeChecked] });

/** What is said against the architecture, were `code` the text of this file of src/. */
export async function lint(file: string, code: string): Promise<readonly string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(root, 'src', file) });
  const messages = result?.messages ?? [];
  const broken = messages.find((message) => message.fatal);
  if (broken !== undefined) throw new Error(`${file}: ${broken.message}`);
  const ours = /^architecture\/|^no-console$|^no-restricted-syntax$/;
  return messages.filter(({ ruleId }) => ours.test(ruleId ?? '')).map(({ message }) => message);
}
