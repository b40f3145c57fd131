// A datagram of the kernel: every message and attribute in it lies inside, and whatever is made of
// links, addresses and routes holds together; a route that is read can be written and is read again
// as it was.
#include <cstdint>
#include <cstdlib>
#include <functional>

#include <linux/rtnetlink.h>

#include "kernel/netlink/interface_address.hpp"
#include "kernel/netlink/link.hpp"
#include "kernel/netlink/message.hpp"
#include "kernel/netlink/route_message.hpp"

using namespace pipit;
using namespace pipit::kernel;

namespace {

constexpr std::size_t kBatch = 65536;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool inside(net::ByteView part, net::ByteView whole) {
  return part.empty() || (!std::less<>()(part.data(), whole.data()) &&
                          !std::less<>()(whole.data() + whole.size(), part.data() + part.size()));
}

void read_attributes(net::ByteView octets) {
  AttributeReader reader(octets);
  while (const auto attribute = reader.next()) {
    require(inside(attribute->value, octets));
    require(attribute->u8().has_value() == (attribute->value.size() == 1));
    require(attribute->u16().has_value() == (attribute->value.size() == 2));
    require(attribute->u32().has_value() == (attribute->value.size() == 4));
    require(attribute->text().size() <= attribute->value.size());
    if (const auto address = attribute->address()) {
      require(address->octets().size() == attribute->value.size());
    }
  }
}

/// What the writer says must come back from the reader.
void write_again(const Route& route) {
  MessageBatch batch(kBatch);
  if (!put_new_route(batch, route, NLM_F_CREATE, 1)) {
    return;
  }
  MessageReader reader(batch.octets());
  const auto message = reader.next();
  require(message && message->type == RTM_NEWROUTE && !reader.next());
  Route again;
  require(parse_route(message->payload, {}, again) == ParsedRoute::Ok);
  require(again.key == route.key);
  require(again.body.type == route.body.type && again.body.protocol == route.body.protocol);
  require(to_string(again).size() > 1);
  MessageBatch removal(kBatch);
  require(put_delete_route(removal, route.key, route.body.protocol, 2));
}

void read_message(const MessageView& message) {
  read_attributes(message.payload);
  if (const auto link = parse_link(message.payload)) {
    require(link->name.size() <= message.payload.size());
  }
  if (const auto address = parse_interface_address(message.payload)) {
    require(address->prefix_length <= address->address.bits());
    require(address->subnet().length() == address->prefix_length);
  }
  Route route;
  if (parse_route(message.payload, {}, route) == ParsedRoute::Ok) {
    require(route.key.prefix.length() <= route.key.prefix.address().bits());
    write_again(route);
  }
  if (const auto acknowledgement = parse_acknowledgement(message)) {
    require(acknowledgement->text.size() <= message.payload.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const net::ByteView input(data, size);
  MessageReader reader(input);
  while (const auto message = reader.next()) {
    require(inside(message->payload, input));
    read_message(*message);
  }
  // And as the payload of one message, which needs no header for the fuzzer to find.
  read_message({.type = RTM_NEWROUTE, .payload = input});
  return 0;
}
