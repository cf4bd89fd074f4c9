package guides;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

/** A tool that reads its caller from the client context. */
public class OpenTicket implements RequestHandler<Map<String, String>, OpenTicket.Ticket> {
    public record Ticket(String title, String openedBy, String request) {}

    @Override
    public Ticket handleRequest(Map<String, String> arguments, Context context) {
        Map<String, String> about = context.getClientContext().getCustom();
        String principal = about.getOrDefault("mcpPrincipal", "unknown");
        return new Ticket(arguments.get("title"), principal, about.get("mcpRequestId"));
    }
}
