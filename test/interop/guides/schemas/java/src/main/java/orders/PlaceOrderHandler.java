package orders;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

public class PlaceOrderHandler implements RequestHandler<PlaceOrder, Map<String, Object>> {
    @Override
    public Map<String, Object> handleRequest(PlaceOrder order, Context context) {
        int pieces = order.lines.stream().mapToInt(line -> line.pieces).sum();
        return Map.of("customer", order.customer, "pieces", pieces);
    }
}
