// What the tests share: the page, watched from its first byte.
import { type Page, test as base } from "@playwright/test";

export { expect } from "@playwright/test";

/** What the page did that a person does not see. */
export interface Watched {
  /** Everything in the console, warnings included, and each uncaught error. */
  console: string[];
  /** The address of every request, in order; not those of objects in memory, which ask nobody. */
  requests: string[];
  /** What the content security policy refused: the directive and the address. */
  refused: () => Promise<string[]>;
}

/** Tests with `watched`, which has looked on since before the page was loaded. */
export const test = base.extend<{ watched: Watched }>({
  watched: async ({ page }, use) => {
    const console: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => console.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => console.push(`uncaught: ${error.message}`));
    page.on("request", (request) => {
      if (!request.url().startsWith("blob:")) requests.push(request.url());
    });
    await page.addInitScript(() => {
      const refused: string[] = [];
      Object.assign(window, { refused });
      document.addEventListener("securitypolicyviolation", (event) => {
        refused.push(`${event.effectiveDirective} ${event.blockedURI}`);
      });
      // What is refused to a worker is told there. Where the browser keeps channels from the page, no test asks.
      const inWorker = `
        try {
          const refusals = new BroadcastChannel("refused");
          addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
            refusals.postMessage(effectiveDirective + " " + blockedURI));
        } catch {}\n`;
      try {
        new BroadcastChannel("refused").onmessage = ({ data }) => refused.push(data);
      } catch {
        return;
      }
      const Original = Blob;
      window.Blob = class extends Original {
        constructor(parts: BlobPart[] = [], options?: BlobPropertyBag) {
          super(options?.type === "text/javascript" ? [inWorker, ...parts] : parts, options);
        }
      };
    });
    const refused = () => page.evaluate(() => (window as unknown as { refused: string[] }).refused);
    await use({ console, requests, refused });
  },
});

/** Opens the page and waits until it has started. */
export async function open(page: Page, path = "./"): Promise<void> {
  await page.goto(path);
  await page.locator("html[data-boot=ready]").waitFor();
}
