#include "bench/load/relay.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bgp/wire/capability.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/open.hpp"
#include "net/slice.hpp"

namespace pipit::load {
namespace {

constexpr std::uint16_t kPort = 179;
constexpr int kBacklog = 4096;
constexpr std::uint16_t kHoldTime = 240;
constexpr std::size_t kReadSize = std::size_t{1} << 18;

struct Client {
  int descriptor = -1;
  bgp::FrameBuffer frames;
  bool up = false;
  std::deque<net::Slice> queue;
  bool waiting = false;  // for the socket to take more
};

class Relay {
 public:
  explicit Relay(std::uint32_t asn) : asn_(asn), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  std::string listen();
  [[noreturn]] void run();

 private:
  void accept();
  void read(Client& client);
  void on_frame(Client& client, const bgp::Frame& frame, net::Bytes& updates);
  void greet(Client& client);
  void push(Client& client, net::Slice slice);
  void flush(Client& client);
  void end(Client& client);
  void watch(Client& client, bool writing, int operation);

  std::uint32_t asn_;
  int epoll_;
  int listener_ = -1;
  std::vector<std::unique_ptr<Client>> clients_;
};

std::string Relay::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(kPort);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&any), sizeof(any)) != 0 ||
      ::listen(listener_, kBacklog) != 0) {
    return fmt::format("cannot listen on port {}: {}", kPort, std::strerror(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  return {};
}

void Relay::watch(Client& client, bool writing, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? EPOLLOUT : 0U);
  event.data.ptr = &client;
  ::epoll_ctl(epoll_, operation, client.descriptor, &event);
}

void Relay::accept() {
  while (true) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      return;
    }
    clients_.push_back(std::make_unique<Client>());
    clients_.back()->descriptor = descriptor;
    watch(*clients_.back(), false, EPOLL_CTL_ADD);
  }
}

/// A closed client stays in the list, without a descriptor: events may still name it.
void Relay::end(Client& client) {
  ::close(client.descriptor);
  client.descriptor = -1;
  client.up = false;
  client.queue.clear();
}

void Relay::greet(Client& client) {
  bgp::Open open;
  open.my_as = asn_;
  open.hold_time = kHoldTime;
  open.id = 1;
  open.capabilities = {bgp::multiprotocol(net::kIpv4Unicast), bgp::multiprotocol(net::kIpv6Unicast),
                       bgp::four_octet_as(asn_)};
  net::Bytes octets;
  bgp::encode_open(open, octets);
  push(client, net::Slice::whole(std::move(octets)));
}

void Relay::on_frame(Client& client, const bgp::Frame& frame, net::Bytes& updates) {
  if (frame.type == bgp::MessageType::Open) {
    greet(client);
  } else if (frame.type == bgp::MessageType::Keepalive) {
    // Answered only now: whoever is Established on the other side gets everything from then on.
    if (!std::exchange(client.up, true)) {
      net::Bytes octets;
      bgp::encode_keepalive(octets);
      push(client, net::Slice::whole(std::move(octets)));
    }
  } else if (frame.type == bgp::MessageType::Update) {
    updates.insert(updates.end(), frame.whole.begin(), frame.whole.end());
  }
}

void Relay::read(Client& client) {
  static std::array<std::uint8_t, kReadSize> buffer;
  const ssize_t got = ::recv(client.descriptor, buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      end(client);
    }
    return;
  }
  net::Bytes updates;
  const auto fed = client.frames.feed(net::ByteView(buffer).first(static_cast<std::size_t>(got)),
                                      [&](const bgp::Frame& frame) {
                                        on_frame(client, frame, updates);
                                        return true;
                                      });
  if (!fed) {
    end(client);
  } else if (!updates.empty()) {
    const net::Slice shared = net::Slice::whole(std::move(updates));
    for (const auto& other : clients_) {
      if (other.get() != &client && other->up) {
        push(*other, shared);
      }
    }
  }
}

void Relay::push(Client& client, net::Slice slice) {
  client.queue.push_back(std::move(slice));
  if (!client.waiting) {
    flush(client);
  }
}

void Relay::flush(Client& client) {
  while (!client.queue.empty()) {
    net::Slice& first = client.queue.front();
    const net::ByteView rest = first.view();
    const ssize_t sent = ::send(client.descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
      end(client);
      return;
    }
    const auto taken = static_cast<std::uint32_t>(std::max<ssize_t>(sent, 0));
    first.offset += taken;
    first.length -= taken;
    if (first.length != 0) {
      break;
    }
    client.queue.pop_front();
  }
  if (client.waiting == client.queue.empty()) {
    client.waiting = !client.queue.empty();
    watch(client, client.waiting, EPOLL_CTL_MOD);
  }
}

void Relay::run() {
  std::array<epoll_event, 64> events{};
  while (true) {
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto* const client = static_cast<Client*>(event.data.ptr);
      if (client == nullptr) {
        accept();
        continue;
      }
      if (client->descriptor >= 0 && (event.events & EPOLLOUT) != 0) {
        flush(*client);
      }
      if (client->descriptor >= 0 && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read(*client);
      }
    }
  }
}

}  // namespace

std::string run_relay(std::uint32_t asn) {
  Relay relay(asn);
  if (std::string problem = relay.listen(); !problem.empty()) {
    return problem;
  }
  relay.run();
}

}  // namespace pipit::load
