#include "bgp/session/write_queue.hpp"

#include <algorithm>
#include <utility>

#include "bgp/wire/message.hpp"
#include "bgp/wire/nlri_fields.hpp"

namespace pipit::bgp {
namespace {

bool is_keepalive(net::ByteView message) {
  return message.size() == kHeaderSize &&
         message[kHeaderSize - 1] == static_cast<std::uint8_t>(MessageType::Keepalive);
}

}  // namespace

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

std::size_t WriteQueue::begun_of_first() const {
  const net::ByteView octets = slices_.front().view();
  std::size_t at = 0;
  while (at < written_) {
    const net::ByteView message = first_message(octets.subspan(at));
    if (message.empty()) {
      return octets.size();
    }
    at += message.size();
  }
  return at;
}

net::Bytes WriteQueue::unfinished_message() const {
  if (written_ == 0) {
    return {};
  }
  const net::ByteView rest = slices_.front().view().first(begun_of_first()).subspan(written_);
  return {rest.begin(), rest.end()};
}

std::optional<net::Slice> WriteQueue::take_back() {
  for (std::size_t i = slices_.size(); i-- > 0;) {
    net::Slice& slice = slices_[i];
    const std::size_t begun = i == 0 ? begun_of_first() : 0;
    if (begun == slice.length) {
      return std::nullopt;
    }
    const net::ByteView message = first_message(slice.view().subspan(begun));
    if (is_keepalive(message)) {
      continue;
    }
    if (nlri_fields(message).empty()) {
      return std::nullopt;
    }
    net::Slice taken = slice;
    taken.offset += static_cast<std::uint32_t>(begun);
    taken.length -= static_cast<std::uint32_t>(begun);
    slice.length = static_cast<std::uint32_t>(begun);
    octets_ -= taken.length;
    if (slice.length == 0) {
      slices_.erase(slices_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return taken;
  }
  return std::nullopt;
}

void WriteQueue::clear() {
  slices_.clear();
  octets_ = 0;
  written_ = 0;
}

}  // namespace pipit::bgp
