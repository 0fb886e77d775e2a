import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.tencentcloudapi.cmq.v20190304.CmqClient;
import com.tencentcloudapi.common.AbstractClient;
import com.tencentcloudapi.common.AbstractModel;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.tdmq.v20200217.TdmqClient;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;

/**
 * A product of API 3.0: the SDK's client, with Actions and members called by their names. Each
 * call goes through the SDK's classes of its request and answer, by reflection.
 */
final class Api {
    private static final String REGION = "ap-guangzhou";
    private static final String UUID =
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    private static final Gson GSON = new Gson();
    private static final Set<String> CALLED = new TreeSet<>();

    private final AbstractClient client;

    private Api(AbstractClient client) {
        this.client = client;
    }

    static Api cmq(Credential credential, ClientProfile profile) {
        return new Api(new CmqClient(credential, REGION, profile));
    }

    static Api tdmq(Credential credential, ClientProfile profile) {
        return new Api(new TdmqClient(credential, REGION, profile));
    }

    /** Names and values, in turn. */
    static Map<String, Object> members(Object... pairs) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    static Map<String, Object> and(Map<String, ?> some, Object... pairs) {
        var map = new LinkedHashMap<String, Object>(some);
        map.putAll(members(pairs));
        return map;
    }

    /** Success: the answer without its RequestId. */
    JsonObject ok(String action, Map<String, ?> parameters) throws Exception {
        var answer = call(action, parameters);
        assertTrue(answer.remove("RequestId").getAsString().matches(UUID), action);
        return answer;
    }

    JsonObject ok(String action, Object... parameters) throws Exception {
        return ok(action, members(parameters));
    }

    /** Success, and nothing but that. */
    void done(String action, Object... parameters) throws Exception {
        assertEquals(new JsonObject(), ok(action, members(parameters)), action);
    }

    void refused(String code, String action, Object... parameters) {
        refused(code, () -> call(action, members(parameters)));
    }

    /** The same without the SDK's classes of requests, which have no more than an Action takes. */
    void refusedRaw(String code, String action, Object... parameters) {
        refused(code, () -> raw(action, parameters));
    }

    private static void refused(String code, Executable call) {
        var error = assertThrows(TencentCloudSDKException.class, call);
        assertEquals(code, error.getErrorCode(), error.toString());
        assertTrue(error.getMessage().length() > 0);
        assertTrue(error.getRequestId().matches(UUID));
    }

    /** What is on the wire: the SDK's classes of answers take numbers in quotes, too. */
    JsonObject raw(String action, Object... parameters) throws Exception {
        var answer = client.call(action, GSON.toJson(members(parameters)));
        return JsonParser.parseString(answer).getAsJsonObject().getAsJsonObject("Response");
    }

    private JsonObject call(String action, Map<String, ?> parameters) throws Exception {
        var method = method(action);
        CALLED.add(client.getClass().getSimpleName() + "." + action);
        try {
            var answer = method.invoke(client, request(method.getParameterTypes()[0], parameters));
            return JsonParser.parseString(AbstractModel.toJsonString((AbstractModel) answer))
                    .getAsJsonObject();
        } catch (InvocationTargetException failure) {
            throw (Exception) failure.getCause();
        }
    }

    private Method method(String action) {
        return Stream.of(client.getClass().getMethods())
                .filter(each -> each.getName().equals(action)).findAny().orElseThrow();
    }

    private static AbstractModel request(Class<?> type, Map<String, ?> parameters) {
        var json = GSON.toJsonTree(parameters);
        var request = (AbstractModel) AbstractModel.fromJsonString(json.toString(), type);
        assertEquals(json, JsonParser.parseString(AbstractModel.toJsonString(request)));
        return request;
    }

    /** Actions that these methods of a client make, and have not been called. */
    static Set<String> uncalled(Class<? extends AbstractClient> type, String part) {
        var names = new TreeSet<String>();
        for (var each : type.getDeclaredMethods()) {
            if (each.getName().contains(part) && !each.isSynthetic()) {
                names.add(type.getSimpleName() + "." + each.getName());
            }
        }
        names.removeAll(CALLED);
        return names;
    }

    static void has(Map<String, ?> expected, JsonElement actual) {
        var some = new JsonObject();
        expected.keySet().forEach(name -> some.add(name, actual.getAsJsonObject().get(name)));
        assertEquals(GSON.toJsonTree(expected), some);
    }
}
