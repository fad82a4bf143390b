/** Token files: Arrow, Parquet, nanoGPT, llm.c and Megatron, and writing Arrow. */
@NullMarked
package org.jmoe.data.formats;

import org.jspecify.annotations.NullMarked;
