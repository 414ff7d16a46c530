import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of HTTP as GET takes, for the server that has none from a library: a request's head in, a reply out. */
record Exchange(Plan plan, boolean closes) {
    private static final Pattern REQUEST = Pattern.compile("GET ([^ ?]+)(?:\\?(\\S*))? HTTP/1\\.1\r\n");
    private static final Pattern CLOSES = Pattern.compile("\r\n(?i)connection: *close\r\n");
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US);

    /**
     * Takes the next request out of what has arrived; null where it is not whole yet. What is no GET is answered too,
     * and is the connection's last. Throws for a head that has no room in the buffer.
     */
    static Exchange next(ByteBuffer arrived) throws IOException {
        String text = new String(arrived.array(), 0, arrived.position(), StandardCharsets.US_ASCII);
        int end = text.indexOf("\r\n\r\n") + 4;
        if (end < 4 && !arrived.hasRemaining()) throw new IOException("the head is longer than its buffer");
        if (end < 4) return null;
        arrived.flip().position(end).compact();
        String head = text.substring(0, end);
        Matcher request = REQUEST.matcher(head);
        if (!request.lookingAt()) return new Exchange(Plan.NOT_UNDERSTOOD, true);
        return new Exchange(Plan.make(request.group(1), request.group(2)), CLOSES.matcher(head).find());
    }

    ByteBuffer reply() {
        String status = plan.status() == 200 ? "200 OK" : plan.status() + " Not so";
        String head = "HTTP/1.1 " + status + "\r\nDate: " + DATE.format(ZonedDateTime.now(ZoneOffset.UTC))
                + (closes ? "\r\nConnection: close" : "") + "\r\nContent-Type: application/json"
                + "\r\nContent-Length: " + plan.body().length() + "\r\n\r\n";
        return ByteBuffer.wrap((head + plan.body()).getBytes(StandardCharsets.US_ASCII));
    }
}
