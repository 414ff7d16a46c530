import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a request asks of either server here: a status, how long to wait before the reply, and its body. Pure. */
record Plan(int status, long waitNs, String body) {
    private static final Pattern WAIT = Pattern.compile("wait_ms=([0-9]{1,6})");
    private static final long LONGEST_MS = 600_000;
    private static final long NS = 1_000_000;  // in a millisecond
    private static final String DONE = "{\"result\":\"Task Complete!\"}";

    static final Plan NOT_UNDERSTOOD = new Plan(400, 0, "{\"error\":\"the request makes no sense\"}");

    /** `query` is what stands behind the path's question mark, null where there is none. */
    static Plan make(String path, String query) {
        return switch (path) {
            case "/ping" -> new Plan(200, 0, "{\"result\":\"pong\"}");
            case "/health" -> new Plan(200, 0, "{\"status\":\"ok\"}");
            case "/async-task" -> new Plan(200, 5_000 * NS, DONE);
            case "/task" -> task(query);
            default -> new Plan(404, 0, "{\"error\":\"unknown path\"}");
        };
    }

    private static Plan task(String query) {
        if (query == null) return new Plan(200, 0, DONE);
        Matcher wait = WAIT.matcher(query);
        long waitMs = wait.matches() ? Long.parseLong(wait.group(1)) : LONGEST_MS + 1;
        return waitMs <= LONGEST_MS ? new Plan(200, waitMs * NS, DONE) : NOT_UNDERSTOOD;
    }
}
