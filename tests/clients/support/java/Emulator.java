package support;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The emulator of this suite, and its admin interface. All calls are about the namespace
 * {@code default}. An answer that is no success throws.
 */
public final class Emulator {
    public static final String URL = System.getenv("CMQ_URL");
    public static final String HOST = System.getenv("CMQ_HOST");
    public static final String SECRET_ID = System.getenv("CMQ_SECRET_ID");
    public static final String SECRET_KEY = System.getenv("CMQ_SECRET_KEY");

    /** Where time stands after {@link #restart}: 2030-01-01T00:00:00Z, in milliseconds. */
    public static final long START_MS = 1893456000000L;
    public static final int START = (int) (START_MS / 1000);

    private static final HttpClient HTTP = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY)
            .version(HttpClient.Version.HTTP_1_1).build();
    private static final Gson GSON = new Gson();

    private Emulator() {
    }

    /** The answer to a call below /_emulator. */
    public static JsonObject admin(String method, String path, Map<String, ?> arguments) {
        var body = arguments.isEmpty() ? BodyPublishers.noBody()
                : BodyPublishers.ofString(GSON.toJson(arguments));
        var request = HttpRequest.newBuilder(URI.create(URL + "/_emulator/" + path))
                .method(method, body).build();
        try {
            var answer = HTTP.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(method + " " + path + ": " + answer.body());
            }
            return JsonParser.parseString(answer.body()).getAsJsonObject();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupt);
        }
    }

    /** Empty it, and stop time at {@link #START_MS}. */
    public static void restart() {
        admin("POST", "reset", Map.of("what", "all"));
        admin("POST", "clock/freeze", Map.of("at", START_MS));
    }

    /** Move time by a duration, such as "250ms" or "12h". */
    public static JsonObject advance(String by) {
        return admin("POST", "clock/advance", Map.of("by", by));
    }

    /** Virtual time, in milliseconds since {@link #START_MS}. */
    public static long elapsedMs() {
        return admin("GET", "clock", Map.of()).get("nowMs").getAsLong() - START_MS;
    }

    /** Wait, in real time, until this condition holds. */
    public static void await(Map<String, ?> condition) {
        var answer = admin("POST", "await", Map.of("until", condition));
        if (!answer.get("satisfied").getAsBoolean()) {
            throw new IllegalStateException("in vain: " + condition + ", " + answer);
        }
    }

    /** Wait, in real time, until so many long polls are parked at a queue. */
    public static void awaitPolls(String queue, int count) {
        await(Map.of("queue", queue, "polls", Map.of("eq", count)));
    }

    /** The next request of this Action fails so (emulator/doc/faults.md), and none after it. */
    public static void failOnce(String action, Map<String, ?> fault) {
        admin("DELETE", "faults", Map.of());
        admin("POST", "faults", Map.of("action", action, "times", 1, "fault", fault));
    }

    /** How many requests of that Action have come since {@link #failOnce}. */
    public static int requests() {
        return objects(admin("GET", "faults", Map.of()), "faults").get(0).get("matched").getAsInt();
    }

    /** The messages of a queue, or those in one state, as the admin interface shows them. */
    public static List<JsonObject> messages(String queue, String... state) {
        var query = state.length == 0 ? "" : "?state=" + state[0];
        return objects(admin("GET", "queues/" + queue + "/messages" + query, Map.of()), "messages");
    }

    public static List<String> bodies(String queue) {
        return messages(queue).stream().map(each -> each.get("msgBody").getAsString()).toList();
    }

    /** What came to /_emulator/sink/NAME. */
    public static List<JsonObject> pushes(String sink) {
        return objects(admin("GET", "sink/" + sink, Map.of()), "requests");
    }

    private static List<JsonObject> objects(JsonObject answer, String member) {
        var list = new ArrayList<JsonObject>();
        for (JsonElement each : answer.getAsJsonArray(member)) {
            list.add(each.getAsJsonObject());
        }
        return list;
    }
}
