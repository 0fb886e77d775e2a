package orders;

import com.qcloud.cmq.CMQServerException;
import com.qcloud.cmq.Message;
import com.qcloud.cmq.Queue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * A thread that takes messages from a queue by long polls, as long as the queue says, and hands
 * them to a handler. A message is deleted when it has been handled. If the handler throws, it is
 * left alone: it is visible again after the queue's visibility timeout, until the dead-letter
 * policy takes it away.
 */
public class QueueListener implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(QueueListener.class);
    private static final long PAUSE_AFTER_FAILURE_MS = 1000;

    private final String name;
    private final Queue queue;
    private final Consumer<Message> handler;
    private volatile boolean running;
    private Thread thread;

    public QueueListener(String name, Queue queue, Consumer<Message> handler) {
        this.name = name;
        this.queue = queue;
        this.handler = handler;
    }

    @Override
    public void start() {
        running = true;
        thread = new Thread(this::listen, "listener-" + name);
        thread.start();
    }

    /** Waits for the poll that is under way, and for the message that it may still bring. */
    @Override
    public void stop() {
        running = false;
        try {
            thread.join();
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private void listen() {
        while (running) {
            try {
                handle(queue.receiveMessage());
            } catch (CMQServerException failure) {
                if (!isNoMessage(failure)) {
                    pauseAfter(failure);
                }
            } catch (Exception failure) {
                pauseAfter(failure);
            }
        }
    }

    private void handle(Message message) {
        try {
            handler.accept(message);
        } catch (RuntimeException failure) {
            LOG.warn("{}: attempt {} failed", name, message.dequeueCount, failure);
            return;
        }
        try {
            queue.deleteMessage(message.receiptHandle);
        } catch (Exception failure) {
            LOG.warn("{}: handled, but not deleted: it will come again", name, failure);
        }
    }

    /** The client has no other way to tell. */
    private static boolean isNoMessage(CMQServerException failure) {
        return failure.toString().startsWith("code:7000,");
    }

    private void pauseAfter(Exception failure) {
        if (!running) {
            return;
        }
        LOG.warn("{}: no answer to a receive", name, failure);
        try {
            Thread.sleep(PAUSE_AFTER_FAILURE_MS);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
        }
    }
}
