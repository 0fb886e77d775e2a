package orders;

/** What a message of the queue of orders holds, as JSON. */
public record Order(String id, long cents) {
}
