package orders;

import com.google.gson.Gson;
import com.qcloud.cmq.Account;
import com.qcloud.cmq.Message;
import com.qcloud.cmq.entity.CmqConfig;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Has the orders of a queue paid, each once, and reports those that cannot be paid. */
@SpringBootApplication
@EnableConfigurationProperties(CmqProperties.class)
public class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final Gson gson = new Gson();

    @Bean
    @ConditionalOnMissingBean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Account account(CmqProperties properties) {
        var config = new CmqConfig();
        config.setEndpoint(properties.endpoint());
        config.setSecretId(properties.secretId());
        config.setSecretKey(properties.secretKey());
        return new Account(config);
    }

    @Bean
    QueueListener orders(CmqProperties properties, Account account, Payments payments,
            OrderBook book) {
        var queue = account.getQueue(properties.orders());
        return new QueueListener("orders", queue, message -> {
            var order = order(message);
            // It may come more than once: when it was sent twice, or paid and then not deleted.
            if (!book.isPaid(order.id())) {
                payments.charge(order);
                book.pay(order.id());
            }
        });
    }

    @Bean
    QueueListener deadOrders(CmqProperties properties, Account account, OrderBook book) {
        var queue = account.getQueue(properties.deadOrders());
        return new QueueListener("dead-orders", queue, message -> {
            var order = order(message);
            LOG.warn("order {} cannot be paid", order.id());
            book.giveUp(order.id());
        });
    }

    private Order order(Message message) {
        return gson.fromJson(message.msgBody, Order.class);
    }
}
