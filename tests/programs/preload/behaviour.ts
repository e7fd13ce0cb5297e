/** A small program that shows one behaviour. It prints nothing that differs between two plain starts of it. */
export interface Behaviour {
  title: string;
  code: string;
  args?: string[];
  env?: Record<string, string>;
  stdin?: string;
  /** Beside the program, by name. */
  files?: Record<string, string>;
}
