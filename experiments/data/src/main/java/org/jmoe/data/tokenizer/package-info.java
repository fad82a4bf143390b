/** Tokenizers, run in a process of their own, and the tokens that end documents. */
@NullMarked
package org.jmoe.data.tokenizer;

import org.jspecify.annotations.NullMarked;
