// Resolves files with the reference implementation, one for each line of its
// standard input, and answers each with one line: the resolved object as JSON,
// or "!", the class of the exception and its message.

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

public class Reference {
    public static void main(String[] arguments) throws Exception {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, false, "UTF-8");
        for (String file = requests.readLine(); file != null; file = requests.readLine()) {
            answers.print(withoutLoneSurrogates(answer(new File(file))));
            answers.print('\n');
            answers.flush();
        }
    }

    // Half a surrogate pair has no form in UTF-8; Java would print a question mark.
    private static String withoutLoneSurrogates(String text) {
        return text.replaceAll("(?<![\\ud800-\\udbff])[\\udc00-\\udfff]|[\\ud800-\\udbff](?![\\udc00-\\udfff])", "\ufffd");
    }

    private static String answer(File file) {
        try {
            return ConfigFactory.parseFile(file, ConfigParseOptions.defaults().setAllowMissing(false))
                .resolve(ConfigResolveOptions.defaults())
                .root()
                .render(ConfigRenderOptions.concise());
        } catch (ConfigException | StackOverflowError | OutOfMemoryError failure) {
            String message = failure.getMessage() == null ? "" : failure.getMessage();
            return "!" + failure.getClass().getSimpleName() + " " + message.replaceAll("\\s+", " ");
        } catch (RuntimeException | AssertionError bug) {
            return "!Bug " + bug;
        }
    }
}
