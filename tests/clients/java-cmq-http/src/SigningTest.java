import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonParser;
import com.qcloud.cmq.Account;
import com.qcloud.cmq.CMQClient;
import com.qcloud.cmq.CMQClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import support.Emulator;

/** Who is let in, and what the others hear; and how the client can be told where to go. */
class SigningTest extends Cmq {
    private static final String WRONG_KEY = "(10030)authentication failed";

    private static int queues(Account account) throws Exception {
        return account.listQueue("", -1, -1, new ArrayList<>());
    }

    @ParameterizedTest
    @MethodSource("accounts")
    void a_wrong_key_is_refused_and_changes_nothing(String method, String digest) throws Exception {
        newQueue("jobs");
        var wrong = account(config -> {
            config.setMethod(method);
            config.setSignMethod(digest);
            config.setSecretKey("wrong");
        });
        refused(4100, WRONG_KEY, () -> wrong.getQueue("jobs").send("not mine"));
        refused(4100, WRONG_KEY, () -> wrong.deleteQueue("jobs"));
        refused(4100, WRONG_KEY, () -> queues(wrong));
        assertEquals(1, queues(account(method, digest)));
        assertEquals(List.of(), Emulator.messages("jobs"));
        var last = Emulator.admin("GET", "signatures/last", Map.of());
        assertEquals("ListQueue", last.get("action").getAsString());
        assertEquals("4100", last.get("code").getAsString());
    }

    @Test
    void an_unknown_id_is_refused() {
        var nobody = account(config -> config.setSecretId("AKIDnobody"));
        refused(4100, "(10270)secret id is not existed", () -> queues(nobody));
        var odd = account(config -> config.setSecretId("nobody"));
        refused(4000, "(10450)secret id dosen't begin with AKID", () -> queues(odd));
    }

    @Test
    void a_secret_id_leads_to_its_namespace() throws Exception {
        newQueue("jobs");
        var made = Emulator.admin("POST", "namespaces", Map.of("name", "elsewhere"));
        try {
            var elsewhere = new Account(Emulator.URL, made.get("secretId").getAsString(),
                    made.get("secretKey").getAsString());
            assertEquals(0, queues(elsewhere));
            assertEquals(1, queues(account));
        } finally {
            Emulator.admin("DELETE", "namespaces/elsewhere", Map.of());
        }
    }

    /** Later versions of the client go to "/", not to "/v2/index.php". */
    @ParameterizedTest
    @CsvSource({ "POST,/", "GET,/", "POST,/v2/index.php", "GET,/v2/index.php" })
    void a_path_is_signed_as_it_is(String method, String path) throws Exception {
        newQueue("jobs");
        var there = account(config -> {
            config.setMethod(method);
            config.setPath(path);
        });
        assertEquals(1, queues(there));
        there.getQueue("jobs").send("by " + path);
        assertEquals("by " + path, account.getQueue("jobs").receiveMessage(0).msgBody);
    }

    @Test
    void an_endpoint_with_a_slash_behind_it() throws Exception {
        assertEquals(0, queues(account(config -> config.setEndpoint(Emulator.URL + "/"))));
    }

    @Test
    void the_other_constructors() throws Exception {
        newQueue("jobs");
        var plain = new Account(Emulator.URL, Emulator.SECRET_ID, Emulator.SECRET_KEY);
        assertEquals(1, queues(plain));
        plain.setSignMethod("sha256");
        assertEquals(1, queues(plain));
        assertThrows(CMQClientException.class, () -> plain.setSignMethod("md5"));
        var get = new Account(Emulator.SECRET_ID, Emulator.SECRET_KEY, Emulator.URL,
                "/v2/index.php", "GET");
        assertEquals(1, queues(get));
    }

    /** A call without a method of its own. An underscore in a name is signed as a dot. */
    @ParameterizedTest
    @ValueSource(strings = { "POST", "GET" })
    void an_action_by_its_name(String method) throws Exception {
        var config = config();
        config.setMethod(method);
        var client = new CMQClient(config);
        var parameters = new TreeMap<>(Map.of("queueName", "by-name", "client_trace", "a_b"));
        assertEquals(0, code(client.call("CreateQueue", parameters)));
        assertEquals(1, queues(account));
        assertEquals(4000, code(client.call("NoAction", new TreeMap<>())));
    }

    private static int code(String answer) {
        return JsonParser.parseString(answer).getAsJsonObject().get("code").getAsInt();
    }
}
