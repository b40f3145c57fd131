#include "net/bytes.hpp"

#include "tests/unit/catch.hpp"

using pipit::net::ByteReader;
using pipit::net::Bytes;
using pipit::net::ByteWriter;

TEST_CASE("ByteReader: a read past the end fails once and for all") {
  const Bytes octets{1, 2, 3};
  ByteReader reader(octets);
  CHECK(reader.u16() == 0x0102);
  CHECK(reader.ok());
  CHECK(reader.u16() == 0);
  CHECK_FALSE(reader.ok());
  CHECK(reader.u8() == 0);
  CHECK(reader.empty());
}

TEST_CASE("ByteReader: a child sees exactly its own octets") {
  const Bytes octets{2, 10, 11, 12};
  ByteReader reader(octets);
  ByteReader child = reader.child(reader.u8());
  CHECK(child.u16() == 0x0a0b);
  child.u8();
  CHECK_FALSE(child.ok());
  CHECK(reader.ok());
  CHECK(reader.u8() == 12);
  ByteReader failed = reader.child(1);
  CHECK_FALSE(failed.ok());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("ByteWriter: integers in network order, lengths filled in later") {
  Bytes out;
  ByteWriter writer(out);
  writer.u16(0);
  writer.u32(0x01020304);
  writer.u64(5);
  writer.put_u16(0, 0xffee);
  CHECK(out == Bytes{0xff, 0xee, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 5});
}
