import com.qcloud.cmq.Account;
import com.qcloud.cmq.Queue;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import support.Emulator;

/** What the tests of both products share. */
abstract class Products {
    static final List<String> BODIES = List.of("plain", "a+b c%20d&e=f?g#h;i/j\\k\"l'm",
            "\u961f\u5217\u6d88\u606f \u2013 \u00f1 \ud83d\ude80", "line\nbreak\r\ntab\t end ",
            " *~!()-._ ", "{\"a\":[1,2,{\"b\":null}]}", "@file", "=");

    @BeforeEach
    void restart() {
        Emulator.restart();
    }

    /** A queue by the API v2, which receives and deletes. */
    static Queue queue(String name) {
        return new Account(Emulator.URL, Emulator.SECRET_ID, Emulator.SECRET_KEY).getQueue(name);
    }

    /** Send texts to a queue, receive and delete them. */
    static void consume(String name, String... texts) throws Exception {
        var queue = queue(name);
        for (var text : texts) {
            queue.send(text);
            queue.deleteMessage(queue.receiveMessage().receiptHandle);
        }
    }
}
