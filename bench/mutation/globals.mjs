// What `@jest/globals` gives to a suite inside of jest.
import * as circus from 'jest-circus';
import { jestExpect } from '@jest/expect';

export const { describe, test } = circus;
export const expect = jestExpect;
