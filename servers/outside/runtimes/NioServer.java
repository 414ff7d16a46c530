import java.io.IOException;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.*;

/** java.nio, nothing on top: one thread waits for all connections, and until the next reply is due. NioServer PORT */
final class NioServer {
    private record Due(long atNs, SelectionKey key, Exchange exchange) {}
    private static final PriorityQueue<Due> waiting = new PriorityQueue<>(Comparator.comparingLong(Due::atNs));

    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
        ServerSocketChannel listener = ServerSocketChannel.open().bind(address, 4096);
        Selector selector = Selector.open();
        listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            long leftNs = waiting.isEmpty() ? Long.MAX_VALUE : waiting.peek().atNs - System.nanoTime();
            if (leftNs > 0) selector.select(leftNs / 1_000_000 + 1);
            else serve(waiting.peek().key);
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isAcceptable()) accept(listener, selector);
                else serve(key);
            }
            selector.selectedKeys().clear();
        }
    }

    private static void accept(ServerSocketChannel listener, Selector selector) throws IOException {
        for (SocketChannel connection; (connection = listener.accept()) != null;) {
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true).configureBlocking(false);
            connection.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(8192));
        }
    }

    private static void serve(SelectionKey key) throws IOException {
        try {
            if (key.interestOps() == 0) send(key, waiting.remove().exchange);  // nothing is read while one waits
            else if (((SocketChannel) key.channel()).read((ByteBuffer) key.attachment()) < 0) key.channel().close();
            else answer(key);
        } catch (IOException gone) {
            key.channel().close();
        }
    }

    private static void answer(SelectionKey key) throws IOException {
        Exchange next = Exchange.next((ByteBuffer) key.attachment());
        if (next != null && next.plan().waitNs() == 0) send(key, next);
        else if (next != null) waiting.add(new Due(System.nanoTime() + next.plan().waitNs(), key.interestOps(0), next));
    }

    private static void send(SelectionKey key, Exchange exchange) throws IOException {
        ByteBuffer reply = exchange.reply();
        ((SocketChannel) key.channel()).write(reply);
        key.interestOps(SelectionKey.OP_READ);
        if (exchange.closes() || reply.hasRemaining()) key.channel().close();  // or it reads none of its replies
        else answer(key);
    }
}
