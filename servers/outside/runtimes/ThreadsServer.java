import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The server that comes with the JDK: one thread waits for requests, and a pool that grows as needed has a thread of
 * the operating system for each that is being answered. (Virtual threads came with Java 21.) ThreadsServer PORT
 */
final class ThreadsServer {
    private static final int BACKLOG = 4096;

    public static void main(String[] arguments) throws IOException {
        // The head and the body are two packets, and a kept connection would wait 40 ms between them.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
        HttpServer server = HttpServer.create(address, BACKLOG);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", ThreadsServer::answer);
        server.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        URI target = exchange.getRequestURI();
        Plan plan = Plan.make(target.getPath(), target.getQuery());
        byte[] body = plan.body().getBytes(StandardCharsets.US_ASCII);
        try {
            TimeUnit.NANOSECONDS.sleep(plan.waitNs());
        } catch (InterruptedException interrupted) {
            throw new InterruptedIOException("the wait was interrupted");
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(plan.status(), body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
