// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/atoms.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace baton;

TEST_CASE("the same text has the same atom, another text another one", "[atoms]") {
  AtomTable atoms;

  const Atom msg = atoms.intern("msg");

  CHECK(atoms.intern("msg") == msg);
  CHECK(atoms.intern("other") != msg);
  CHECK(atoms.text(msg) == "msg");
}

TEST_CASE("the content types of the boundary have its numbers", "[atoms]") {
  AtomTable atoms;

  CHECK(atoms.intern("text/plain") == BATON_TEXT_PLAIN);
  CHECK(atoms.intern("application/json") == BATON_APPLICATION_JSON);
  CHECK(atoms.text(BATON_APPLICATION_OCTET_STREAM) == "application/octet-stream");
}

TEST_CASE("what cannot be interned has no atom", "[atoms]") {
  AtomTable atoms;

  CHECK(atoms.intern("") == BATON_ATOM_NONE);
  CHECK(atoms.intern(std::string(AtomTable::text_size_max, 'a')) != BATON_ATOM_NONE);
  CHECK(atoms.intern(std::string(AtomTable::text_size_max + 1, 'a')) == BATON_ATOM_NONE);
  CHECK(atoms.text(12345).empty());
}

TEST_CASE("a full table interns nothing new and keeps what it has", "[atoms]") {
  AtomTable atoms;
  const Atom first = atoms.intern("0");
  for (std::size_t i = 1; i < AtomTable::atoms_max; ++i) {
    (void)atoms.intern(std::to_string(i));
  }

  CHECK(atoms.intern("one too many") == BATON_ATOM_NONE);
  CHECK(atoms.intern("0") == first);
}

TEST_CASE("an atom that comes with a message is not trusted", "[atoms]") {
  AtomTable atoms;
  Message forged{};
  forged.type = to_str("msg");
  forged.type_atom = BATON_TEXT_PLAIN;

  const Message message = with_atom(forged, atoms);

  CHECK(message.type_atom == atoms.intern("msg"));
  CHECK(view(message.type) == "msg");
}
