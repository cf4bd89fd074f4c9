import { z } from 'zod';

const Line = z.strictObject({
  sku: z.string(),
  pieces: z.int().min(1).max(99).default(1),
});

export const PlaceOrder = z.strictObject({
  customer: z
    .string()
    .regex(/^C-\d{4}$/)
    .describe("The customer's number, such as C-1001"),
  lines: z.array(Line).min(1),
  note: z.string().max(200).optional(),
});
