/** Something the set-up needs and can't bring by itself. `commands` are what a person types to get it. */
export class SetupProblem extends Error {
  constructor(message, commands = []) {
    super(message);
    this.name = 'SetupProblem';
    this.commands = commands;
  }

  /** What a person is told: the message, then the commands. */
  get text() {
    const commands = this.commands.map((command) => `    ${command}\n`).join('');
    return `\n${this.message}\n${commands && `\n${commands}`}`;
  }
}

/** All that is missing, told at once: who installs one thing should not learn of the next by running into it. */
export class SetupProblems extends SetupProblem {
  constructor(problems) {
    super(problems.map(({ message }) => message).join('\n'));
    this.problems = problems;
  }

  get text() {
    return this.problems.map(({ text }) => text).join('');
  }
}

/** Does every piece of `work`, in order. Problems of them are collected; any other error ends it at once. */
export async function collectProblems(work) {
  const results = [];
  const problems = [];
  for (const step of work) {
    try {
      results.push(await step());
    } catch (error) {
      if (!(error instanceof SetupProblem)) throw error;
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new SetupProblems(problems);
  return results;
}
