import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { PlaceOrder } from './model.mjs';

const schema = z.toJSONSchema(PlaceOrder, { io: 'input' });
writeFileSync('schemas/place-order.json', `${JSON.stringify(schema, null, 2)}\n`);
