package orders;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;

public class PlaceOrder {
    @NotNull
    @Pattern(regexp = "^C-\\d{4}$")
    @JsonPropertyDescription("The customer's number, such as C-1001")
    public String customer;

    @NotNull
    @Size(min = 1)
    public List<Line> lines;

    @Size(max = 200)
    public String note;

    public static class Line {
        @NotNull
        public String sku;

        @Min(1)
        @Max(99)
        public int pieces = 1;
    }
}
