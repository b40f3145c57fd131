// Where an UPDATE that was encoded here names its routes: for looking into write queues, without
// decoding what attributes mean.
#pragma once

#include <cstddef>

#include <boost/container/static_vector.hpp>

#include "bgp/wire/negotiated.hpp"
#include "net/bytes.hpp"
#include "net/family.hpp"

namespace pipit::bgp {

/// One list of NLRI.
struct NlriField {
  net::Family family;
  bool reach = false;  // announced; else withdrawn
  net::ByteView octets;
};

/// Both fields of the message, MP_REACH_NLRI and MP_UNREACH_NLRI.
using NlriFields = boost::container::static_vector<NlriField, 4>;

/// The lists of a whole message that are not empty. None of what is no UPDATE, of an End-of-RIB
/// marker, and of families without a table, which are never sent.
NlriFields nlri_fields(net::ByteView message);

/// The octets of the first message in `octets`, header included; empty where there is no whole one.
inline net::ByteView first_message(net::ByteView octets) {
  constexpr std::size_t kLengthAt = 16;  // behind the marker
  if (octets.size() < kHeaderSize) {
    return {};
  }
  const std::size_t length = (std::size_t{octets[kLengthAt]} << 8) | octets[kLengthAt + 1];
  return length < kHeaderSize || length > octets.size() ? net::ByteView() : octets.first(length);
}

}  // namespace pipit::bgp
