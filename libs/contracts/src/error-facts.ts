/** `status` is the HTTP status, `retryable` whether the same request can succeed later. */
export interface ErrorFacts {
  status: number;
  retryable: boolean;
  title: string;
  suggestion: string;
}
