import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import com.tencentcloudapi.common.profile.Language;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import support.Emulator;

/** Who is let in, what the others hear, and what else a profile can say. */
class CredentialsTest extends Products {
    private static final Kind DEFAULT = new Kind(ClientProfile.SIGN_TC3_256, HttpProfile.REQ_POST);

    private static void refused(String code, Credential credential, ClientProfile profile) {
        Api.cmq(credential, profile).refused(code, "DescribeQueueDetail");
        Api.tdmq(credential, profile).refused(code, "DescribeCmqQueues");
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void a_wrong_key_and_unknown_ids_are_refused(Kind kind) {
        refused("AuthFailure.SignatureFailure", new Credential(Emulator.SECRET_ID, "wrong"),
                kind.profile());
        refused("AuthFailure.SecretIdNotFound",
                new Credential("AKIDunknown", Emulator.SECRET_KEY), kind.profile());
        refused("AuthFailure.InvalidSecretId", new Credential("unknown", Emulator.SECRET_KEY),
                kind.profile());
    }

    @ParameterizedTest
    @MethodSource("Kind#all")
    void temporary_keys_have_a_token_and_lead_to_their_namespace(Kind kind) throws Exception {
        Emulator.admin("POST", "namespaces", Map.of("name", "elsewhere", "credentials", List.of(
                Map.of("secretId", "AKIDtemporary", "secretKey", "key", "token", "t/o+k=en&"))));
        try {
            var temporary = new Credential("AKIDtemporary", "key", "t/o+k=en&");
            Api.tdmq(temporary, kind.profile()).ok("CreateCmqQueue", "QueueName", "there");
            assertEquals(1, count(Api.cmq(temporary, kind.profile())));
            assertEquals(0, count(Api.cmq(Kind.credential(), kind.profile())));
            refused("AuthFailure.TokenFailure", new Credential("AKIDtemporary", "key", "other"),
                    kind.profile());
        } finally {
            Emulator.admin("DELETE", "namespaces/elsewhere", Map.of());
        }
    }

    private static int count(Api cmq) throws Exception {
        return cmq.ok("DescribeQueueDetail").get("TotalCount").getAsInt();
    }

    @Test
    void what_is_not_signed() throws Exception {
        var profile = DEFAULT.profile();
        profile.setUnsignedPayload(true);
        assertEquals(0, count(Api.cmq(Kind.credential(), profile)));
    }

    @Test
    void a_language() throws Exception {
        for (var language : Language.values()) {
            var profile = DEFAULT.profile();
            profile.setLanguage(language);
            assertEquals(0, count(Api.cmq(Kind.credential(), profile)));
        }
    }

    /** The SDK's classes would also take a number that came as a text. */
    @Test
    void numbers_are_numbers() throws Exception {
        var api = Api.tdmq(Kind.credential(), DEFAULT.profile());
        api.ok("CreateCmqQueue", "QueueName", "types");
        var queue = api.raw("DescribeCmqQueueDetail", "QueueName", "types")
                .getAsJsonObject("QueueDescribe");
        for (var member : queue.entrySet()) {
            var value = member.getValue();
            boolean isText = List.of("QueueId", "QueueName", "TenantId", "NamespaceName")
                    .contains(member.getKey());
            if (value.isJsonPrimitive()) {
                var primitive = value.getAsJsonPrimitive();
                assertEquals(isText, primitive.isString(), member.toString());
                assertTrue(isText || primitive.isNumber() || primitive.isBoolean());
            }
        }
        assertTrue(queue.get("CreateTime").getAsJsonPrimitive().isNumber());
        assertTrue(queue.get("Transaction").isJsonNull());
    }

    @Test
    void a_parameter_that_no_Action_has() {
        Api.tdmq(Kind.credential(), DEFAULT.profile()).refusedRaw("UnknownParameter",
                "CreateCmqQueue", "QueueName", "q", "Colour", "red");
    }
}
