import { Command } from 'commander';
import { expect, test } from '@jest/globals';
import { addRunOptions, toRunOrder, type RunOptions } from './exec-options.js';
import { toWebhook } from './webhook-options.js';

const nothing = { input: null, args: [], files: [] };
const orderOf = (...argv: string[]): object =>
  toRunOrder(nothing, addRunOptions(new Command(), '').parse(argv, { from: 'user' }).opts<RunOptions>());

test('the address that is told of the end goes with the order, and the name of what signs it', () => {
  expect(orderOf()).toEqual({});
  expect(orderOf('--webhook', 'https://a.example/')).toEqual({ webhook: { url: 'https://a.example/' } });
  const signed = orderOf('--webhook', 'https://a.example/', '--webhook-secret', 'main');
  expect(signed).toEqual({ webhook: { url: 'https://a.example/', secret_name: 'main' } });
});

test('a secret without an address is a mistake', () => {
  expect(() => toWebhook({ webhookSecret: 'main' })).toThrow('--webhook-secret needs --webhook');
});
