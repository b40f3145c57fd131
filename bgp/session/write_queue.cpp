#include "bgp/session/write_queue.hpp"

#include <algorithm>
#include <utility>

#include "bgp/wire/negotiated.hpp"

namespace pipit::bgp {

void WriteQueue::push(net::Slice slice) {
  if (slice.length == 0) {
    return;
  }
  octets_ += slice.length;
  slices_.push_back(std::move(slice));
}

std::span<const net::ByteView> WriteQueue::gather(Gathered& views) const {
  std::size_t count = 0;
  std::size_t total = 0;
  for (const net::Slice& slice : slices_) {
    if (count == views.size() || total >= kGatherOctets) {
      break;
    }
    views[count] = count == 0 ? slice.view().subspan(written_) : slice.view();
    total += views[count].size();
    ++count;
  }
  return std::span(views).first(count);
}

void WriteQueue::consume(std::size_t count) {
  octets_ -= count;
  while (count != 0) {
    const std::size_t rest = slices_.front().length - written_;
    if (count < rest) {
      written_ += static_cast<std::uint32_t>(count);
      return;
    }
    count -= rest;
    written_ = 0;
    slices_.pop_front();
  }
}

net::Bytes WriteQueue::unfinished_message() const {
  if (written_ == 0) {
    return {};
  }
  constexpr std::size_t kLengthAt = 16;  // behind the marker
  const net::ByteView octets = slices_.front().view();
  std::size_t at = 0;
  while (at < written_ && at + kHeaderSize <= octets.size()) {
    const std::size_t length =
        (std::size_t{octets[at + kLengthAt]} << 8) | octets[at + kLengthAt + 1];
    at += std::max(length, kHeaderSize);
  }
  const net::ByteView rest = octets.first(std::min(at, octets.size())).subspan(written_);
  return {rest.begin(), rest.end()};
}

void WriteQueue::clear() {
  slices_.clear();
  octets_ = 0;
  written_ = 0;
}

}  // namespace pipit::bgp
