/** What a command has started, stopped in reverse order: each once, also when another of them fails to stop. */
export class ClosingStack {
  #steps = [];
  #closing = null;

  defer(name, close) {
    this.#steps.push({ name, close });
  }

  close() {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll() {
    for (const { name, close } of this.#steps.reverse()) {
      try {
        await close();
      } catch (error) {
        process.stderr.write(`${name} could not be stopped: ${error.message}\n`);
        process.exitCode = 1;
      }
    }
  }
}
