// A browser without a window, spoken to over two pipes (Chrome DevTools Protocol, `--remote-debugging-pipe`): JSON, each
// message ended by a zero byte. It reaches no network.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

export type View = {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of a picture for one CSS pixel. */
  readonly scale?: number;
};

export type Browser = {
  /**
   * Opens a file and answers what its script promised as `globalThis.rendered`: JSON. Rejects with the page's own error, and
   * where the browser ends.
   */
  open(file: string, view: View): Promise<unknown>;
  /** PNG of this part of the page that was opened last, in CSS pixels. */
  picture(part: { readonly width: number; readonly height: number }): Promise<Uint8Array>;
  close(): Promise<void>;
};

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

const flags = [
  '--headless',
  '--remote-debugging-pipe',
  // Root, as in a container, may not have the sandbox. The pages are ours, and they reach nobody.
  '--no-sandbox',
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
];

/** `program`: Chromium or Chrome. */
export async function startBrowser(program: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'registry-prune-browser-'));
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  const waiting = new Map<number, (message: Message) => void>();
  const loads = new Set<() => void>();
  void ended.then(() => {
    for (const answer of waiting.values()) answer({ error: { message: `${program} ended` } });
  });
  const [toBrowser, fromBrowser] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  // Where the browser has ended, the answers above say so.
  toBrowser.on('error', () => undefined);
  void (async () => {
    let text = '';
    for await (const chunk of fromBrowser.setEncoding('utf8') as AsyncIterable<string>) {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const each of messages) {
        const message = JSON.parse(each) as Message;
        if (message.id !== undefined) waiting.get(message.id)?.(message);
        else if (message.method === 'Page.loadEventFired') for (const loaded of loads) loaded();
      }
    }
  })();
  let id = 0;
  const send = async (method: string, params: object = {}, sessionId?: string): Promise<Message['result']> => {
    id += 1;
    const answer = Promise.withResolvers<Message>();
    waiting.set(id, answer.resolve);
    if (child.exitCode !== null) answer.resolve({ error: { message: `${program} ended` } });
    toBrowser.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    const { result, error } = await answer.promise;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const target = await send('Target.createTarget', { url: 'about:blank' });
  const attached = await send('Target.attachToTarget', { targetId: target?.targetId, flatten: true });
  const session = String(attached?.sessionId);
  const page = (method: string, params: object = {}): Promise<Message['result']> => send(method, params, session);
  await page('Page.enable');
  return {
    async open(file, { width, height, scale = 1 }) {
      await page('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false });
      const loaded = Promise.withResolvers<undefined>();
      const listener = (): void => {
        loaded.resolve(undefined);
      };
      loads.add(listener);
      await page('Page.navigate', { url: pathToFileURL(file).href });
      await Promise.race([loaded.promise, ended]);
      loads.delete(listener);
      const answer = await page('Runtime.evaluate', {
        expression: 'globalThis.rendered',
        awaitPromise: true,
        returnByValue: true,
      });
      const { result, exceptionDetails } = answer as {
        result: { value?: unknown };
        exceptionDetails?: { exception?: { description?: string } };
      };
      if (exceptionDetails !== undefined)
        throw new Error(`The page ${file}: ${exceptionDetails.exception?.description ?? 'it failed'}`);
      return result.value;
    },
    async picture({ width, height }) {
      const clip = { x: 0, y: 0, width, height, scale: 1 };
      const shot = await page('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true, clip });
      return Buffer.from(String(shot?.data), 'base64');
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
