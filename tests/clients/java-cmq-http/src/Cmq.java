import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.qcloud.cmq.Account;
import com.qcloud.cmq.CMQServerException;
import com.qcloud.cmq.Queue;
import com.qcloud.cmq.QueueMeta;
import com.qcloud.cmq.entity.CmqConfig;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.provider.Arguments;
import support.Emulator;

/** What tests share: an empty emulator in which time stands, and an account to call it with. */
abstract class Cmq {
    static final String NO_MESSAGE = "(10200)no message";
    static final String NO_QUEUE = "(10100)queue is not existed, or deleted";
    static final String NO_TOPIC = "(10600)topic is not existed, or deleted";

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    final Account account = account(config -> {
    });

    @BeforeEach
    void restart() {
        Emulator.restart();
    }

    static CmqConfig config() {
        var config = new CmqConfig();
        config.setEndpoint(Emulator.URL);
        config.setSecretId(Emulator.SECRET_ID);
        config.setSecretKey(Emulator.SECRET_KEY);
        return config;
    }

    static Account account(Consumer<CmqConfig> change) {
        var config = config();
        change.accept(config);
        return new Account(config);
    }

    /** Both methods, with both digests. */
    static Stream<Arguments> accounts() {
        return Stream.of("POST", "GET").flatMap(method -> Stream.of("sha1", "sha256")
                .map(digest -> Arguments.of(method, digest)));
    }

    static Account account(String method, String digest) {
        return account(config -> {
            config.setMethod(method);
            config.setSignMethod(digest);
        });
    }

    Queue newQueue(String name) throws Exception {
        return newQueue(name, meta -> {
        });
    }

    Queue newQueue(String name, Consumer<QueueMeta> change) throws Exception {
        var meta = new QueueMeta();
        change.accept(meta);
        account.createQueue(name, meta);
        return account.getQueue(name);
    }

    /** The client tells code and text in what it prints alone. */
    static void refused(int code, String message, Executable call) {
        var failure = assertThrows(CMQServerException.class, call);
        assertEquals("code:" + code + ", message:" + message, failure.toString());
        assertEquals(message, failure.getMessage());
    }

    static void noMessage(Executable call) {
        refused(7000, NO_MESSAGE, call);
    }

    static void noMessage(Future<?> poll) {
        refused(7000, NO_MESSAGE, poll);
    }

    /** The same of a call in another thread. */
    static void refused(int code, String message, Future<?> poll) {
        refused(code, message, () -> {
            try {
                poll.get();
            } catch (ExecutionException failure) {
                throw failure.getCause();
            }
        });
    }

    /** A call in a thread of its own: a long poll. */
    static <T> Future<T> begin(Callable<T> call) {
        return THREADS.submit(call);
    }

    static void assertId(String id) {
        assertTrue(id.matches("[0-9]{1,20}"), id);
    }

    static List<String> sorted(List<String> names) {
        return names.stream().sorted().toList();
    }
}
