import { type Lexer, parser } from "handlebars/dist/cjs/handlebars/compiler/base.js";

/** A lexer with Handlebars' rules that tells places as offsets, apart from the one that all users of Handlebars share. */
export function createLexer(): Lexer {
  const lexer = Object.create(parser.lexer) as Lexer;
  let source = "";
  lexer.options = { ranges: true };
  lexer.yy = {};
  lexer.setInput = (text) => {
    source = text;
    parser.lexer.setInput.call(lexer, text);
  };
  // Handlebars puts back the beginning of each comment by building the rest of the text anew: 250 kB of empty
  // comments would take minutes.
  lexer.unput = (piece) => {
    lexer.offset -= piece.length;
    lexer._input = source.slice(lexer.offset);
    lexer.yytext = "";
    lexer.match = "";
    lexer.yylloc = { ...lexer.yylloc, range: [lexer.offset, lexer.offset] };
  };
  return lexer;
}
