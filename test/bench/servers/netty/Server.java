import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.MessageToByteEncoder;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** The echo servers as Netty's own examples are written: one event loop, a pipeline a connection. */
public final class Server {
    private static final int MAX_LINE = 16384;
    private static final int MAX_NETSTRING = 1 << 20;

    /** Answers each message with itself; the answers to one read are flushed together. */
    private static class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        /** Reads no further while the peer does not read. */
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private static final class FanOut extends SimpleChannelInboundHandler<ByteBuf> {
        private final ChannelGroup members;

        FanOut(ChannelGroup members) {
            this.members = members;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            members.add(context.channel()); // which leaves it by itself when it is closed
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf line) {
            members.write(line.retain());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            members.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    private static final class NetstringDecoder extends ByteToMessageDecoder {
        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            final int start = in.readerIndex();
            int length = 0;
            for (int i = start; i < in.writerIndex(); i++) {
                final byte each = in.getByte(i);
                if (each == ':' && i > start) {
                    if (in.writerIndex() - i < length + 2) return;
                    if (in.getByte(i + 1 + length) != ',') break;
                    out.add(in.retainedSlice(i + 1, length));
                    in.readerIndex(i + length + 2);
                    return;
                }
                length = length * 10 + each - '0';
                if (each < '0' || each > '9' || length > MAX_NETSTRING) break;
                if (i + 1 == in.writerIndex()) return;
            }
            throw new CorruptedFrameException("not a netstring");
        }
    }

    private static final class NetstringEncoder extends MessageToByteEncoder<ByteBuf> {
        @Override
        protected void encode(ChannelHandlerContext context, ByteBuf string, ByteBuf out) {
            ByteBufUtil.writeAscii(out, Integer.toString(string.readableBytes()));
            out.writeByte(':').writeBytes(string).writeByte(',');
        }
    }

    private static ChannelHandler[] handlers(String mode, ChannelGroup members) {
        switch (mode) {
            case "echo":
                return new ChannelHandler[] {new Echo()};
            case "line":
                // A lone LF ends a line too: Netty's way, and cheaper than its DelimiterBasedFrameDecoder.
                return new ChannelHandler[] {
                    new LineBasedFrameDecoder(MAX_LINE, false, true), new Echo()
                };
            case "netstring":
                return new ChannelHandler[] {
                    new NetstringDecoder(), new NetstringEncoder(), new Echo()
                };
            default:
                return new ChannelHandler[] {
                    new LineBasedFrameDecoder(MAX_LINE, false, true), new FanOut(members)
                };
        }
    }

    private static ChannelFuture listen(String mode, EventLoopGroup loop) {
        final ChannelGroup members = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        return new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                channel.pipeline().addLast(handlers(mode, members));
                            }
                        })
                .bind(InetAddress.getLoopbackAddress(), 0);
    }

    private static ChannelFuture listenDatagrams(EventLoopGroup loop) {
        return new Bootstrap()
                .group(loop)
                .channel(NioDatagramChannel.class)
                .handler(
                        new SimpleChannelInboundHandler<DatagramPacket>() {
                            @Override
                            protected void channelRead0(
                                    ChannelHandlerContext context, DatagramPacket packet) {
                                context.write(
                                        new DatagramPacket(
                                                packet.content().retain(), packet.sender()));
                            }

                            @Override
                            public void channelReadComplete(ChannelHandlerContext context) {
                                context.flush();
                            }
                        })
                .bind(InetAddress.getLoopbackAddress(), 0);
    }

    public static void main(String[] words) throws InterruptedException {
        if (words.length != 1
                || !List.of("echo", "line", "netstring", "udp", "fanout").contains(words[0])) {
            System.err.println("bench_netty: knows no mode " + String.join(" ", words));
            System.exit(3);
        }
        final EventLoopGroup loop = new NioEventLoopGroup(1);
        final Channel listener =
                (words[0].equals("udp") ? listenDatagrams(loop) : listen(words[0], loop))
                        .sync()
                        .channel();
        System.out.println(
                "listening on " + ((InetSocketAddress) listener.localAddress()).getPort());
        listener.closeFuture().sync();
    }
}
