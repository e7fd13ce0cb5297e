/** Something the set-up needs and can't bring by itself. `commands` are what a person types to get it. */
export class SetupProblem extends Error {
  constructor(message, commands = []) {
    super(message);
    this.name = 'SetupProblem';
    this.commands = commands;
  }
}
