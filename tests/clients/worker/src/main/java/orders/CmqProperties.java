package orders;

import org.springframework.boot.context.properties.ConfigurationProperties;

@ConfigurationProperties("cmq")
public record CmqProperties(String endpoint, String secretId, String secretKey, String orders,
        String deadOrders) {
}
