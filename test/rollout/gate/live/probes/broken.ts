throw new Error("it can't be imported");
