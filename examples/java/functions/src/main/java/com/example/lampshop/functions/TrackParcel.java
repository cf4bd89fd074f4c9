package com.example.lampshop.functions;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.List;
import java.util.Map;

/** An exception becomes an error result with its type and message, so that the model can correct its call. */
public class TrackParcel implements RequestHandler<Map<String, String>, TrackParcel.Parcel> {
    public record Parcel(String parcel, String status, List<String> stops) {}

    public static class ParcelNotFound extends RuntimeException {
        public ParcelNotFound(String message) {
            super(message);
        }
    }

    private static final Map<String, Parcel> PARCELS =
            Map.of("A-1001", new Parcel("P-7001", "on its way", List.of("warehouse", "sorting centre")));

    @Override
    public Parcel handleRequest(Map<String, String> arguments, Context context) {
        String orderId = arguments.get("orderId");
        Parcel parcel = PARCELS.get(orderId);
        if (parcel == null) {
            throw new ParcelNotFound("order %s has not been handed to the carrier".formatted(orderId));
        }
        return parcel;
    }
}
