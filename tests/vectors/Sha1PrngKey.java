import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.KeyGenerator;

/** Prints the AES key that Java derives from each seller key, one line per argument "bits:hex of the UTF-8 key". */
public class Sha1PrngKey {
    public static void main(String[] arguments) throws Exception {
        for (String argument : arguments) {
            String[] parts = argument.split(":", 2);
            SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
            String key = new String(HexFormat.of().parseHex(parts[1]), StandardCharsets.UTF_8);
            random.setSeed(key.getBytes(StandardCharsets.UTF_8));
            KeyGenerator generator = KeyGenerator.getInstance("AES");
            generator.init(Integer.parseInt(parts[0]), random);
            System.out.println(HexFormat.of().formatHex(generator.generateKey().getEncoded()));
        }
    }
}
