import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import support.Emulator;

/** The SDK goes to its own endpoints, and finds the emulator as its proxy. */
class CloudTest extends Products {
    @ParameterizedTest
    @CsvSource({
        "https://, TC3-HMAC-SHA256",
        "http://, TC3-HMAC-SHA256",
        "https://, HmacSHA1",
    })
    void both_products(String protocol, String sign) throws Exception {
        var http = new HttpProfile();
        http.setProtocol(protocol);
        var profile = new ClientProfile(sign, http);
        var tdmq = Api.tdmq(Kind.credential(), profile);
        tdmq.ok("CreateCmqQueue", "QueueName", "away");
        for (var body : BODIES) {
            tdmq.ok("SendCmqMsg", "QueueName", "away", "MsgContent", body, "DelaySeconds", 0);
        }
        assertEquals(BODIES, Emulator.bodies("away"));
        var cmq = Api.cmq(Kind.credential(), profile);
        assertEquals(1, cmq.ok("DescribeQueueDetail").get("TotalCount").getAsInt());
    }
}
