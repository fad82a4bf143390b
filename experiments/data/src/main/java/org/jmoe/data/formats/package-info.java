/** Token file formats: Arrow, Parquet, NumPy, nanoGPT, llm.c and Megatron; Arrow writers. */
@NullMarked
package org.jmoe.data.formats;

import org.jspecify.annotations.NullMarked;
