import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import java.util.stream.Stream;
import support.Emulator;

/** A way to sign, and to send. */
record Kind(String sign, String method) {
    static Stream<Kind> all() {
        var signs = Stream.of(ClientProfile.SIGN_TC3_256, ClientProfile.SIGN_SHA256,
                ClientProfile.SIGN_SHA1);
        return signs.flatMap(sign -> Stream.of(HttpProfile.REQ_POST, HttpProfile.REQ_GET)
                .map(method -> new Kind(sign, method)));
    }

    static Credential credential() {
        return new Credential(Emulator.SECRET_ID, Emulator.SECRET_KEY);
    }

    /** With an endpoint that is no name of the cloud's, TC3 signs for a service called 127. */
    ClientProfile profile() {
        var http = new HttpProfile();
        http.setProtocol(HttpProfile.REQ_HTTP);
        http.setEndpoint(Emulator.HOST);
        http.setReqMethod(method);
        return new ClientProfile(sign, http);
    }

    @Override
    public String toString() {
        return sign + ", " + method;
    }
}
