/** A thrown error becomes an error result with its type and message, so that the model can correct its call. */
class ParcelNotFound extends Error {
  name = 'ParcelNotFound';
}

const parcels = {
  'A-1001': { parcel: 'P-7001', status: 'on its way', stops: ['warehouse', 'sorting centre'] },
};

export const handler = async ({ orderId }) => {
  const parcel = parcels[orderId];
  if (!parcel) throw new ParcelNotFound(`order ${orderId} has not been handed to the carrier`);
  return parcel;
};
