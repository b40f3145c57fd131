// An AS-path pattern, and the path that it is sought in: refused with a place that is in the text,
// or it says the same of the path as often as it is asked.
//
// The first octet says how much of the rest is the pattern; what follows are AS numbers of four
// octets each, with an AS_SET in the middle where there is room for one.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "bgp/wire/as_path.hpp"
#include "net/bytes.hpp"
#include "policy/as_path_pattern.hpp"

using namespace pipit;

namespace {

constexpr std::size_t kMostInASegment = 255;
constexpr std::uint8_t kSet = 1;
constexpr std::uint8_t kSequence = 2;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

/// Numbers as text has them, so that patterns of few octets find something.
std::vector<std::uint32_t> numbers_of(net::ByteView octets) {
  std::vector<std::uint32_t> numbers;
  net::ByteReader reader(octets);
  while (reader.remaining() >= 4) {
    numbers.push_back(reader.u32() & 0xffffU);
  }
  return numbers;
}

void add_segment(net::ByteWriter& writer,
                 std::uint8_t type,
                 const std::vector<std::uint32_t>& numbers,
                 std::size_t from,
                 std::size_t count) {
  if (count == 0) {
    return;
  }
  writer.u8(type);
  writer.u8(static_cast<std::uint8_t>(count));
  for (std::size_t i = from; i < from + count; ++i) {
    writer.u32(numbers[i]);
  }
}

net::Bytes path_of(const std::vector<std::uint32_t>& numbers) {
  net::Bytes path;
  net::ByteWriter writer(path);
  const std::size_t count = std::min(numbers.size(), kMostInASegment);
  const std::size_t in_set = count / 4;
  const std::size_t before = (count - in_set) / 2;
  add_segment(writer, kSequence, numbers, 0, before);
  add_segment(writer, kSet, numbers, before, in_set);
  add_segment(writer, kSequence, numbers, before + in_set, count - before - in_set);
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t length = std::min<std::size_t>(data[0], size - 1);
  const std::string text(data + 1, data + 1 + length);
  const auto pattern = policy::AsPathPattern::compile(text);
  if (!pattern) {
    require(pattern.error().offset <= text.size());
    require(!pattern.error().message.empty());
    return 0;
  }
  const net::Bytes path = path_of(numbers_of({data + 1 + length, size - 1 - length}));
  const bool found = pattern->matches(path);
  require(pattern->matches(path) == found);
  // Sought anywhere, so that what is sought as one of two is found, too; a second one that is
  // refused has too many positions.
  const auto either = policy::AsPathPattern::compile("(" + text + ")|(" + text + ")");
  require(!either || either->matches(path) == found);
  pattern->matches({});
  return 0;
}
